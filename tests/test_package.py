"""A built wheel, installed elsewhere, carries the embedded data and the notebooks."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import analysis

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Return a wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_version_is_that_which_is_cited(wheel):
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited.group(1) == analysis.__version__
    assert wheel.name.startswith(f"escalation-{analysis.__version__}-")


def test_the_wheel_holds_data_and_notebooks_and_nothing_of_the_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("data/sahel/incidents.csv", "data/sahel/README.md", "data/actors.csv", "notebooks/situation.ipynb"):
        assert f"analysis/_shipped/{name}" in names
    assert {f"analysis/publishing/templates/{name}" for name in ("style.css", "page.html.j2", "report.typ")} <= set(
        names
    )
    assert {f"analysis/exploring/explore.{kind}" for kind in ("js", "css")} <= set(names)
    assert {f"analysis/_shipped/{name}" for name in ("data/example/incidents.csv", "notebooks/README.md")} <= set(names)
    assert not [name for name in names if "test" in name.split("/")[0] or "published" in name]


def test_the_installed_wheel_makes_a_report(wheel, tmp_path):
    site = tmp_path / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    # Of three rows, for which nothing is compiled; in an empty folder, so that nothing of the checkout is in reach.
    command = [sys.executable, "-m", "analysis", "report", "--country", "BEN", "--from", "2025-05-01"]
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        command,
        cwd=tmp_path / "elsewhere",
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Three incidents are too few to judge." in done.stderr
    assert "installed from a package" in next((tmp_path / "elsewhere").rglob("manifest.json")).read_text()
