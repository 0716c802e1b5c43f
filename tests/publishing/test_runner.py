"""Parameters are checked before anything runs."""

import asyncio
from contextlib import nullcontext
from pathlib import Path

import nbformat
import pytest

from analysis.incidents.errors import ParameterError, TableError
from analysis.publishing import runner
from analysis.publishing.errors import KernelDiedError, NotebookError, OutOfMemoryError
from analysis.publishing.runner import Limits, notebook_parameters, run_notebook, typed_parameters
from tests.readme import ROOT


def test_defaults_are_read_from_the_parameters_cell(notebook):
    assert notebook_parameters(notebook) == {
        "text": "a", "count": 1, "share": 0.5, "flag": False, "fail": "", "output_dir": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ({"text": "007"}, {"text": "007"}),
        ({"count": "7"}, {"count": 7}),
        ({"share": "7"}, {"share": 7.0}),
        ({"share": 1}, {"share": 1.0}),
        ({"flag": "false"}, {"flag": False}),
        ({"flag": "True"}, {"flag": True}),
    ],
)
def test_values_take_the_type_of_the_default(notebook, given, typed):
    found = typed_parameters(notebook, given)
    assert found == typed
    assert [type(value) for value in found.values()] == [type(value) for value in typed.values()]


@pytest.mark.parametrize("given", [{"count": "seven"}, {"count": "7.5"}, {"flag": "0"}, {"text": 7}, {"count": True}])
def test_a_wrong_type_is_refused(notebook, given):
    with pytest.raises(ParameterError, match="as the notebook's default is"):
        typed_parameters(notebook, given)


def test_an_unknown_parameter_is_answered_with_the_nearest(notebook):
    with pytest.raises(ParameterError, match=r"no parameter 'cuont'; did you mean count\?"):
        typed_parameters(notebook, {"cuont": 3})


def test_a_parameter_that_nothing_reads_is_refused(notebook):
    text = notebook.read_text().replace("count = 1", "count = 1\\nunread = 2")
    notebook.write_text(text)
    with pytest.raises(ParameterError, match="never reads unread"):
        notebook_parameters(notebook)


PARAMETERS_THAT_ARE_NO_PYTHON = '{"cell_type": "code", "source": "a =", "metadata": {"tags": ["parameters"]}}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"cells": 3}',
        '{"cells": [{}]}',
        "[" * 100_000,
        f'{{"cells": [{PARAMETERS_THAT_ARE_NO_PYTHON}]}}',
        '{"cells": [{"cell_type": "code", "source": "x = %s1", "metadata": {"tags": ["parameters"]}}]}'
        % ("-" * 99_999),
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(ParameterError, match=r"n\.ipynb (is no notebook that can be read|has 0 cells tagged)"):
        notebook_parameters(tmp_path / "n.ipynb")


def test_lines_that_speak_to_the_kernel_are_passed_over(notebook):
    notebook.write_text(notebook.read_text().replace("import os, time", "%matplotlib inline\\n  !ls\\nimport os, time"))
    assert notebook_parameters(notebook)["count"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_no_dead_kernel(notebook, tmp_path):
    (tmp_path / "full.ipynb").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        run_notebook(notebook, tmp_path / "full.ipynb", {"output_dir": str(tmp_path)})


def test_in_a_cell_of_a_notebook_a_kernel_that_is_ended_because_something_else_failed_did_not_die(tmp_path):
    # A loop runs there, and `asyncio.run` may not be called.
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell('output_dir = ""', metadata={"tags": ["parameters"]})
    made.cells = [parameters, nbformat.v4.new_code_cell("import shutil\nshutil.rmtree(output_dir)")]
    nbformat.write(made, tmp_path / "own.ipynb")
    (tmp_path / "folder").mkdir()

    async def cell():
        run_notebook(
            tmp_path / "own.ipynb", tmp_path / "folder" / "done.ipynb", {"output_dir": str(tmp_path / "folder")}
        )

    with pytest.raises(NotebookError, match="did not run: FileNotFoundError") as caught:
        asyncio.run(cell())
    assert not isinstance(caught.value, KernelDiedError)


@pytest.mark.parametrize("own", [True, False])
def test_no_file_beside_the_command_is_run_in_place_of_a_library(tmp_path, monkeypatch, own):
    """A user's own notebook finds modules of its own there, of names that nothing else has; a shipped one does not."""
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made.cells = [parameters, nbformat.v4.new_code_cell("a\nimport json, pandas, analysis, ipykernel\nimport helper")]
    nbformat.write(made, tmp_path / "own.ipynb")
    foreign = tmp_path / "here"
    foreign.mkdir()
    for name in ("pkgutil", "socket", "json", "pandas", "ipykernel", "ipykernel_launcher", "analysis"):
        (foreign / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")
    (foreign / "helper.py").write_text("")
    monkeypatch.chdir(foreign)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    if not own:
        monkeypatch.setattr(runner, "resource", lambda _: tmp_path)
    with nullcontext() if own else pytest.raises(NotebookError, match="No module named 'helper'"):
        run_notebook(tmp_path / "own.ipynb", tmp_path / "done.ipynb", {})
    assert not (tmp_path / "ran").exists()


def test_mistyped_settings_of_libraries_keep_no_notebook_from_running(tmp_path, monkeypatch):
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made.cells = [parameters, nbformat.v4.new_code_cell("a\nimport numba, pandas, pyarrow, pandera.pandas")]
    nbformat.write(made, tmp_path / "own.ipynb")
    for name in ("NUMBA_NUM_THREADS", "PANDAS_FUTURE", "ARROW_DEFAULT_MEMORY_POOL", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "abc")
    run_notebook(tmp_path / "own.ipynb", tmp_path / "done.ipynb", {})


@pytest.mark.parametrize(("last", "fails"), [("", False), ("held.append(bytearray(1 << 30))", True)])
def test_a_kernel_whose_memory_is_full_answers(tmp_path, last, fails):
    """It would be waited for as long as the whole run may take."""
    fill = """a
held = []
for size in (1 << 20, 1 << 12, 64):
    while True:
        try:
            held.append(bytearray(size))
        except MemoryError:
            break
"""
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made.cells = [parameters, nbformat.v4.new_code_cell(fill + last)]
    nbformat.write(made, tmp_path / "own.ipynb")
    expected = pytest.raises(OutOfMemoryError, match="needed more memory") if fails else nullcontext()
    with expected:
        run_notebook(
            tmp_path / "own.ipynb", tmp_path / "done.ipynb", {}, limits=Limits(timeout_seconds=60, memory_mb=512)
        )


@pytest.mark.parametrize(
    ("last", "error"),
    [
        ("held = b'1' * (350 << 20)\nos.abort()", OutOfMemoryError),  # as C++ does where it gets no more
        ("os.abort()  # little", KernelDiedError),
        ("held = b'1' * (350 << 20)\nos.kill(os.getpid(), 9)", KernelDiedError),
        ("raise RuntimeError('GEOSException: std::bad_alloc')", OutOfMemoryError),
        ("raise OSError('Unknown error: Wrapping 3 failed')", OutOfMemoryError),
    ],
)
def test_a_library_that_gets_no_more_memory_in_its_own_words(tmp_path, last, error):
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made.cells = [parameters, nbformat.v4.new_code_cell(f"a\nimport os\n{last}")]
    nbformat.write(made, tmp_path / "own.ipynb")
    with pytest.raises(error) as caught:
        run_notebook(
            tmp_path / "own.ipynb",
            tmp_path / "done.ipynb",
            {},
            limits=Limits(memory_mb=4096 if "little" in last else 600),
        )
    assert type(caught.value) is error


def test_a_busy_machine_may_be_slow_to_start_a_kernel_and_to_hear_it(tmp_path, monkeypatch):
    from nbclient import NotebookClient

    # As if starting took longer than a minute, and what a cell put out arrived later than four seconds after its end.
    monkeypatch.setattr(NotebookClient.startup_timeout, "default_value", 0)
    monkeypatch.setattr(NotebookClient.iopub_timeout, "default_value", 0)
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made.cells = [parameters, nbformat.v4.new_code_cell("print(a)")]
    nbformat.write(made, tmp_path / "tiny.ipynb")
    done = tmp_path / "{a}" / "{b.ipynb"  # a path is no pattern, in which a parameter would be put
    done.parent.mkdir()
    run_notebook(tmp_path / "tiny.ipynb", done, {"a": 7})
    assert nbformat.read(done, as_version=4).cells[-1].outputs[0].text == "7\n"


def test_every_refusal_of_a_table_in_a_kernel_is_told_as_one():
    kinds = [TableError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert set(runner.REFUSALS) == {kind.__name__ for kind in kinds}
