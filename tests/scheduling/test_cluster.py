"""A batch on a cluster of two processes gives what the same batch gives here, and a worker that dies loses nothing."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from analysis.publishing.manifest import installed_versions
from analysis.publishing.runner import Limits
from analysis.scheduling import cluster
from analysis.scheduling.batch import run_schedule
from analysis.scheduling.cluster import Answer, Request, make_files
from analysis.scheduling.errors import ClusterError
from tests.scheduling.batches import BODY, published, write_notebook, write_schedule

distributed = pytest.mark.skipif(
    find_spec("distributed") is None, reason="dask.distributed is not installed (extra `cluster`)"
)
# Workers are processes of their own, and import this file's main module: so it is one of its own.
RUN = """
import sys
from pathlib import Path
from distributed import LocalCluster
from analysis.scheduling.batch import run_schedule
if __name__ == "__main__":
    alone = {"dashboard_address": None, "host": "127.0.0.1"}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **alone) as there:
        done = run_schedule(Path(sys.argv[1]), cluster=there.scheduler_address, say=print)
    print([(outcome.name, outcome.status, outcome.tries) for outcome in done.outcomes])
"""


def on_cluster(folder, path):
    script = folder / "run.py"
    script.write_text(RUN)
    done = subprocess.run(
        [sys.executable, str(script), str(path)], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@distributed
def test_the_results_are_those_of_this_machine_and_a_dead_worker_loses_nothing(tmp_path):
    # The worker is the kernel's parent. The notebook ends it once.
    lines = (
        "import os, time\nmarker = Path(attacker or '/')\nif attacker and not marker.exists():\n    marker.touch()\n   "
        " os.kill(os.getppid(), 9)\n    time.sleep(30)"
    )
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        folder.mkdir()
    shutil.copy(write_notebook(there / "small.ipynb", f"{BODY}\n{lines}"), here)
    marker = tmp_path / "marker"
    reports = {
        "each": 'foreach = "country"\ncountries = ["BFA"]',
        "fatal": f'selection = {{ attacker = "{marker}" }}',
        "fault": 'parameters = { mode = "fault" }',
        "template": 'formats = ["pptx"]\ntemplate = "small.ipynb"',
    }
    said = on_cluster(there, write_schedule(there, reports))
    assert marker.exists()
    assert "('fatal', 'published', 1)" in said
    assert "('fault', 'failed', 1)" in said
    assert "('template', 'failed', 1)" in said
    assert "ZeroDivisionError" in json.loads((there / "out" / "fault" / "failed" / "failure.json").read_text())["error"]
    assert (there / "out" / "fault" / "failed" / "notebook.ipynb").exists()
    run_schedule(write_schedule(here, {name: reports[name] for name in ("each", "fatal")}))
    ours, theirs = published(here / "out"), published(there / "out")
    assert ours.keys() == theirs.keys()
    assert len(ours) == 2
    for key, manifest in ours.items():
        assert manifest["files"] == theirs[key]["files"], key
        assert {name for name in manifest if manifest[name] != theirs[key][name]} <= {"started", "finished"}


def test_without_dask_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ClusterError, match=r"pip install 'escalation\[cluster\]'"):
        run_schedule(write_schedule(tmp_path, {"a": ""}), cluster="tcp://127.0.0.1:9")
    assert published(tmp_path / "out") == {}


def test_a_worker_with_other_versions_makes_nothing():
    versions = installed_versions() | {"pandas": "0.1"}
    answer = make_files(Request("a.ipynb", b"", {}, ("html",), Limits(1, 1, 4096), {}, versions))
    assert answer.run is None
    assert "could give other results: pandas" in answer.error


@pytest.mark.skipif(sys.platform != "linux", reason="another process is bound on Linux alone")
def test_a_notebook_on_a_worker_holds_no_more_than_it_may(tmp_path):
    notebook = write_notebook(tmp_path / "greedy.ipynb")
    parameters = {"country": "BFA", "mode": "greedy"}
    request = Request(
        notebook.name, notebook.read_bytes(), parameters, ("html",), Limits(60, 60, 600), {}, installed_versions()
    )
    answer = make_files(request)
    assert answer.run is None
    assert "MemoryError" in answer.error
    assert answer.error.endswith("A report may hold 600 MB (memory_mb).")
    assert "notebook.ipynb" in answer.files


def test_a_worker_cannot_name_a_file_elsewhere(tmp_path):
    with pytest.raises(RuntimeError, match="outside its report"):
        cluster._write_files(tmp_path / "report", Answer({"../x": b""}).files)
    assert not (tmp_path / "x").exists()


@distributed
def test_a_scheduler_that_goes_fails_its_reports_in_words_that_stay(tmp_path, monkeypatch):
    import distributed

    class Gone(list):
        """A client, its tasks and their results, whose scheduler is gone."""

        loop, status = None, "closed"

        def __exit__(self, *_):
            return None

        def __enter__(self):
            return self

        def submit(self, *_, key, **options):
            self.key = key
            return self

        def result(self):
            raise RuntimeError(f"{self.key} cancelled; the last was tcp://127.0.0.1:37239. See https://a.org/b.html.")

        def cancel(self, _):
            raise RuntimeError("Client is closed")

        def is_empty(self):
            return not self

        def has_ready(self):
            return True

        def __next__(self):
            return self.pop()

        __hash__ = object.__hash__

    monkeypatch.setattr(distributed, "Client", lambda *_, **options: Gone())
    monkeypatch.setattr(distributed, "as_completed", lambda futures, loop: Gone(futures))
    path = write_schedule(tmp_path, {"a": ""}, batch="retries = 0")
    (outcome,) = run_schedule(path, cluster="tcp://127.0.0.1:9").outcomes
    said = "The cluster lost it: RuntimeError: a cancelled; the last was an address. See https://a.org/b.html."
    assert (outcome.status, outcome.error) == ("failed", said)


@distributed
def test_a_cluster_without_workers_is_not_waited_for_for_ever(tmp_path):
    from distributed import LocalCluster

    path = write_schedule(tmp_path, {"a": "", "b": ""}, batch="timeout_minutes = 0.02")
    with LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1", processes=True) as there:
        done = run_schedule(path, cluster=there.scheduler_address)
    assert {(one.status, one.error) for one in done.outcomes} == {
        ("failed", "The cluster had no worker for 1.2 seconds (timeout_minutes).")
    }
    assert "had no worker" in json.loads((tmp_path / "out" / "b" / "failed" / "failure.json").read_text())["error"]
