"""The house rules, held against the code: who may import whom, one name per question, thin notebooks."""

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from analysis.measures import QUESTIONS

ROOT = Path(__file__).resolve().parent.parent
ANALYSIS = ROOT / "analysis"

# What all may import, and: room -> rooms that it may import besides itself.
GROUND = {"resources", "language", "lazy", "version"}
ALLOWED = {
    "incidents": set(),
    "statistics": set(),
    "measures": {"incidents", "statistics"},
    "figures": set(),
    "reports": {"incidents", "statistics", "measures", "figures"},
    "publishing": {"incidents", "statistics", "measures", "figures", "reports"},
    "scheduling": {"incidents", "statistics", "measures", "figures", "reports", "publishing"},
    "exploring": {"incidents", "measures", "reports"},
    "options": {"incidents", "reports"},
    "answering": {"incidents", "publishing", "scheduling"},
    "cli": {"answering", "incidents", "measures", "reports", "publishing", "scheduling", "options"},
    "door": {"incidents", "measures", "figures", "reports", "publishing", "exploring"},
}
MODULES = ("options", "answering", "cli")  # rooms of one file
# A notebook's cell is a handful of calls.
FORBIDDEN_IN_CELLS = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda, ast.ListComp, ast.If, ast.Try)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@cache
def imports_of(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_the_rooms_it_may(room):
    files = [ANALYSIS / f"{room}.py"] if room in MODULES else sorted((ANALYSIS / room).rglob("*.py"))
    assert files
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports_of(path)
        if name.startswith("analysis.") and room_of(name) not in ALLOWED[room] | {room} | GROUND
    ]
    assert not broken


def test_no_modules_import_each_other_in_a_circle():
    """Within a room too, and wherever in a module an import stands."""
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ANALYSIS.rglob("*.py")}
    paths = {name: path for name, path in paths.items() if not name.endswith("__init__")}
    waiting = {name: {other for other in imports_of(path) if other in paths} for name, path in paths.items()}
    while free := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in free}
    assert not waiting


def test_figures_build_on_their_theme_alone():
    names = {path.stem for path in (ANALYSIS / "figures").glob("*.py")} - {"theme", "caption", "__init__"}
    broken = [
        f"{path.name} imports {name}"
        for path in sorted((ANALYSIS / "figures").glob("*.py"))
        for name in imports_of(path)
        if any(name.startswith(f"analysis.figures.{other}") for other in names)
    ]
    assert not broken


def test_statistics_know_nothing_of_conflict():
    words = ("attack", "incident", "country", "attacker")
    found = [
        f"{path.name}: {node.id}"
        for path in sorted((ANALYSIS / "statistics").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and any(word in node.id for word in words)
    ]
    assert not found


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_a_question_has_one_name_everywhere(question):
    assert (ANALYSIS / "measures" / f"{question}.py").exists()
    assert (ANALYSIS / "figures" / f"{question}.py").exists()
    assert (ROOT / "tests" / "measures" / f"test_{question}.py").exists()
    assert (ROOT / "tests" / "figures" / f"test_{question}.py").exists()


def notebooks():
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_notebooks_are_thin_and_stripped(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in code) == 1
    for cell in code:
        source = "".join(cell["source"])
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, FORBIDDEN_IN_CELLS)], source
        assert "groupby" not in source


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_text_in_notebooks_states_no_result(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert not any(character.isdigit() for character in text)


HEAVY = (
    "pandas", "numpy", "scipy", "statsmodels", "matplotlib", "pandera", "numba", "typst", "nbconvert", "papermill",
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "unloaded"),
    [
        ("import analysis", HEAVY),
        # A kernel that leaves its charts to a publisher need not load what draws them.
        ("from analysis.publishing.kernels import import_sections; import_sections()", ("matplotlib",)),
        ("import analysis; analysis.open_study(as_of='2025-07-01')", ("matplotlib",)),
    ],
)
def test_nothing_heavy_is_loaded_that_is_not_needed(code, unloaded):
    code += f"; import sys; print([name for name in {unloaded} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"


def test_the_project_names_no_machine():
    """No path of one machine, and in lock files no address."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    texts = {
        name: (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        for name in tracked.stdout.split("\n")
        if name.endswith((".py", ".md", ".toml", ".ipynb", ".lock", "Makefile", "run"))
    }
    roots = tuple(f"/{name}/" for name in ("root", "home", "work", "Users"))
    assert not [name for name, text in texts.items() if any(f'"{root}' in text or f" {root}" in text for root in roots)]
    assert not [name for name, text in texts.items() if "lock" in name and "://" in text]
