"""Small schedules and notebooks for the tests of batches."""

import json
from datetime import UTC, datetime

import nbformat

from analysis.resources import resource

MONDAY = datetime(2025, 7, 7, 8, 0, tzinfo=UTC)
PARAMETERS = 'table = ""\ncountry = ""\nattacker = ""\nas_of = "2025-07-01"\nmode = ""\noutput_dir = ""'
# A notebook that leaves what a report needs, and no more; `mode` names what goes wrong, once the file GO_WRONG says so.
BODY = """
as_of, table = as_of or "2025-07-01", table or ""
import json, os, signal, time
from pathlib import Path
folder = Path(output_dir)
flags = Path(os.environ.get("FLAGS", "/nonexistent"))
(folder / "charts").mkdir(exist_ok=True)
(folder / "charts" / "timeline.csv").write_text("unit,period_start,complete,value\\nMLI,2025-05-01,True,3\\n")
from IPython.display import display
def emit(**block):
    display({"application/vnd.escalation.block+json": block, "text/html": "", "text/plain": ""}, raw=True)
emit(kind="title", heading=f"Report of {country}", subtitle="")
emit(kind="finding", sentence=f"Steady in {country}.", qualifiers=[])
emit(kind="study", as_of=as_of, inputs=[], seed=1, selection={"country": country})
rows = [{"name": "attacks", "unit": country, "value": len(attacker), "status": "computed"}]
(folder / "indicators.json").write_text(json.dumps({"indicators": rows}))
"""
MODES = {
    "fault": "1 / 0",
    "killed": "os.kill(os.getpid(), 9)",
    "killed_once": "marker = Path(attacker)\nif not marker.exists():\n    marker.touch()\n    os.kill(os.getpid(), 9)",
    "greedy": "held = bytearray(6 * 2**30)",
    "slow": "time.sleep(60)",
    "full": "raise OSError(28, 'No space left on device')",
    "printing": (
        "print(dict(os.environ), Path('/proc/self/environ').read_bytes(),"
        " Path(f'/proc/{os.getppid()}/environ').read_bytes())"
    ),
}


def write_notebook(path, body=BODY):
    """Write the small notebook."""
    made = nbformat.v4.new_notebook()
    made.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    modes = "\n".join(
        f"if mode == {name!r}:\n" + "\n".join(f"    {line}" for line in code.split("\n"))
        for name, code in MODES.items()
    )
    made.cells = [
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(body),
        nbformat.v4.new_markdown_cell("## A section"),
        nbformat.v4.new_code_cell(modes),
    ]
    nbformat.write(made, path)
    return path


def write_schedule(folder, reports, *, batch="", notebook="small.ipynb"):
    """Write a schedule of reports, each given as TOML lines, and its notebook; return its path."""
    if not (folder / "small.ipynb").exists():
        write_notebook(folder / "small.ipynb")
    text = f'[batch]\nout = "out"\n{batch}\n[defaults]\nnotebook = "{notebook}"\nformats = ["html"]\n'
    for name, lines in reports.items():
        text += f'[reports."{name}"]\n{lines}\n'
    path = folder / "schedule.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_table(path, *countries):
    """Write the rows of some countries of the embedded table, by their codes."""
    rows = resource("data/sahel/incidents.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(rows[0] + "".join(row for row in rows[1:] if row.startswith(countries)), encoding="utf-8")
    return path


def write_published(out, name, *, as_of="2025-07-01", started="2025-07-07T07:00:00+00:00", **facts):
    """Write what is read again of a published report: its manifest, and the times of its run with who made it."""
    folder = out / name / as_of
    folder.mkdir(parents=True, exist_ok=True)
    made_by = {key: facts.pop(key) for key in ("schedule", "entry") if key in facts}
    manifest = {
        "name": name,
        "as_of": as_of,
        "title": f"Title of {name}",
        "notebook": "small",
        "parameters": {},
    } | facts
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({"started": started} | made_by), encoding="utf-8")
    return folder


def published(out):
    """Return name and as_of of everything published whole, with its manifest's checksums held against the files."""
    from hashlib import sha256

    found = {}
    for path in sorted(out.glob("*/*/manifest.json")):
        if path.parent.is_symlink() or path.parent.name.startswith(".") or path.parent.parent.name.startswith("."):
            continue
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for name, digest in manifest["files"].items():
            assert sha256((path.parent / name).read_bytes()).hexdigest() == digest, path.parent / name
        found[path.parent.parent.name, path.parent.name] = manifest
    return found
