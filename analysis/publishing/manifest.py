"""What a report was made from, so that it can be made again or doubted precisely."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from analysis.publishing.own_files import everything_in
from analysis.version import __version__

PACKAGES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "papermill", "typst")


def write_manifest(
    folder: Path,
    *,
    name: str,
    notebook: str,
    parameters: dict[str, object],
    run: dict[str, object],
) -> None:
    """Write ``manifest.json`` into a folder that holds every other file of a report; ``name``, ``notebook`` and
    ``parameters`` are what was run, and ``run`` what the notebook said of itself: title, finding and confidence in it,
    as_of, seed, selection and inputs."""
    revision, reason = git_revision()
    document = {
        "schema": 1,
        "name": name,
        "notebook": notebook,
        "title": run["title"],
        "finding": run["finding"],
        "confidence": run["confidence"],
        "as_of": run["as_of"],
        "parameters": parameters,
        "selection": run["selection"],
        "inputs": run["inputs"],
        "seed": run["seed"],
        "versions": {"escalation": __version__, "python": platform.python_version()} | installed_versions(),
        "git_revision": revision,
        "git_revision_reason": reason,
        "files": {
            path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in everything_in(folder)
            if path.is_file()
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def finding_of(manifest: Mapping[str, object]) -> str:
    """Return a report's one sentence and how sure it is, for where it stands alone; earlier reports do not say how
    sure."""
    return " ".join(filter(None, (str(manifest.get(part, "")) for part in ("finding", "confidence"))))


def installed_versions() -> dict[str, str]:
    """Return the versions of this package and of those that could change a result."""
    return {"escalation": __version__} | {package: version(package) for package in PACKAGES}


@cache
def git_revision() -> tuple[str | None, str]:
    """Return the checkout's revision, marked where files differ from it; or none, and why. It is that of this process:
    what changes later is not what it runs."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None, "installed from a package, not a checkout"
    # A hook of git's, which may publish, names its own repository so.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # A checkout may be another user's, as in containers: of such a one git says nothing by itself.
    git = ["git", "-c", "safe.directory=*", "--no-optional-locks"]
    try:
        head, status = (
            subprocess.run([*git, *words], cwd=root, env=environment, capture_output=True, text=True, check=True).stdout
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=normal"])
        )
    except (OSError, subprocess.CalledProcessError) as error:
        return None, f"git did not answer: {error}"
    return head.strip() + ("+changes" if status.strip() else ""), ""
