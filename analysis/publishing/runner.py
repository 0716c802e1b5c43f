"""Runs a notebook with checked parameters, and tells a refused table from a fault of our own.

Papermill only warns about a parameter that a notebook does not have, and its command line guesses types. Here a name
must be in the parameters cell, must be read by a later cell, and takes the type of its default.
"""

import ast
import asyncio
import json
import logging
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from analysis.incidents.errors import ParameterError, TableError
from analysis.incidents.given import typed
from analysis.incidents.parameters import is_text, parameters_in
from analysis.incidents.terms import TERMS, current_terms
from analysis.lazy import without_settings
from analysis.publishing.errors import (
    LACKING_NUMBERS,
    NOT_STARTED,
    KernelDiedError,
    NotebookError,
    OutOfMemoryError,
    ended_words,
    storage_words,
    wants_memory,
)
from analysis.publishing.kernels import (
    KERNEL_MODULE,
    SINGLE_THREADED,
    bound_memory,
    import_schemas,
    quick_classes,
    signals_held,
)
from analysis.publishing.own_files import read_bytes
from analysis.reports.blocks import MIME, PUBLISHER, problem_of
from analysis.resources import resource, scratch_folder

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager
    from papermill.exceptions import PapermillExecutionError

# What a fresh kernel does while this process is still importing papermill.
WARM_UP = "__import__('analysis.publishing.kernels', fromlist=['kernels']).prepare_kernel()"
# What a forked one does, which has imported it.
READY = "__import__('analysis.publishing.kernels', fromlist=['kernels']).answer_when_full()"
# What lies where the command is given is found by a user's own notebook alone, and never in place of a library.
FIND_OWN = "__import__('sys').path.append('')"
ENGINE = "started-kernel"
KERNEL = f"{KERNEL_MODULE}.ReportKernel"
# Of the folder in which kernels have their folders: 107 less what stands behind it in the path of a socket.
MOST_BASE_BYTES = 45
MOST_NOTEBOOK_BYTES = 100 << 20
REFUSALS = ("TableError", "SelectionError", "UnitError", "UnknownCountryError")


@dataclass(frozen=True)
class Limits:
    """What the run of a notebook may take."""

    timeout_seconds: float = 1800  # for the whole run; the kernel is ended then
    cell_timeout_seconds: float | None = None  # for each cell; default: none
    memory_mb: int | None = None  # data that the kernel may hold; default: no bound beside this process's own


UNHURRIED = Limits()


def notebook_parameters(notebook: Path) -> dict[str, object]:
    """Return a notebook's parameters with their defaults, in order.

    Raises `ParameterError` if it is no notebook, has no single parameters cell, a default is not a plain scalar, or no
    other cell reads a parameter.
    """
    try:
        return _parameters_in(notebook)
    except ParameterError:
        raise
    except (RecursionError, MemoryError):  # the second is how Python's parser says it
        raise ParameterError(f"{notebook.name} is no notebook that can be read: it is nested too deep.") from None
    except (LookupError, TypeError, AttributeError):
        raise ParameterError(f"{notebook.name} is no notebook that can be read: it is not made as one.") from None
    except (OSError, ValueError, SyntaxError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise ParameterError(f"{notebook.name} is no notebook that can be read: {reason}.") from None


def _parameters_in(notebook: Path) -> dict[str, object]:
    held = json.loads(read_bytes(notebook, most_bytes=MOST_NOTEBOOK_BYTES))["cells"]
    # Lines that speak to the kernel (%matplotlib inline) are no Python.
    cells = [
        cell | {"source": re.sub(r"(?m)^[ \t]*[%!].*$", "", "".join(cell["source"]))}
        for cell in held
        if cell["cell_type"] == "code"
    ]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(f"{notebook.name} has {len(tagged)} cells tagged 'parameters'; expected one.")
    defaults: dict[str, object] = {}
    for node in ast.parse(tagged[0]["source"]).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            defaults[node.targets[0].id] = ast.literal_eval(node.value)
    # What a cell takes with `parameters_in(globals())` is read, if a study takes it.
    others = "\n".join(cell["source"] for cell in cells if cell is not tagged[0])
    read = {
        node.id for node in ast.walk(ast.parse(others)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    if parameters_in.__name__ in read:
        read |= parameters_in(defaults).keys()
    if unread := [name for name in defaults if name not in read]:
        raise ParameterError(
            f"{notebook.name} never reads {', '.join(unread)}; a value given for it would change nothing."
        )
    return defaults


def typed_parameters(notebook: Path, given: dict[str, object]) -> dict[str, object]:
    """Return given parameters in the types of the notebook's defaults.

    Raises `ParameterError` if a name is unknown (with the nearest name), or a value does not have the default's type or
    is outside its range.
    """
    read = typed(given, notebook_parameters(notebook), whose=notebook.name)
    for value in read.values():
        if not is_text(value):
            raise ParameterError(f"The path {value!r} is no text, and a notebook holds nothing else; rename it.")
    return read


def run_notebook(
    notebook: Path,
    output: Path,
    parameters: dict[str, object],
    *,
    limits: Limits = UNHURRIED,
    progress: bool = False,
    forked: bool = False,
    runtime: Path | None = None,
    take: Callable[[Mapping[str, object]], None] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Run a notebook to its end and write the executed copy, both by absolute paths; one that fails is written as far
    as it came.

    The kernel is ``forked`` from this process, which has imported what it needs (see `analysis.publishing.kernels`), or
    begun anew; ``runtime`` is a folder with a short path for its sockets, by default a temporary one. ``take`` is given
    each chart's drawing (see `analysis.reports.blocks`) when it arrives; without it, the kernel draws. ``meanwhile``
    begins what can be done while the kernel starts, once this process is ready for it.

    Raises `TableError` if the notebook refused the table or the selection; `KernelDiedError` if its kernel ended before
    it did; `OutOfMemoryError` if it needed more memory than it may hold; `NotebookError` if it failed, or time ran out;
    `OSError` if the executed copy cannot be written.
    """
    parameters = typed_parameters(notebook, parameters)
    own = not notebook.resolve().is_relative_to(resource("notebooks"))
    with (
        nullcontext(runtime) if runtime else scratch_folder(prefix="escalation-", dir=short_base()) as place,
        _kernel(Path(place), forked=forked, memory_mb=limits.memory_mb, published=take is not None, own=own) as kernel,
        _Deadline(limits.timeout_seconds, kernel) as deadline,
    ):
        import_schemas()
        import papermill
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        _register_engine()
        meanwhile()
        try:
            papermill.execute_notebook(
                _as_it_is(notebook),
                _as_it_is(output),
                parameters=parameters,
                kernel_name="python3",
                language="python",
                engine_name=ENGINE,
                started_kernel=kernel,
                take=take,
                cell_timeout=limits.cell_timeout_seconds,
                whole_timeout=limits.timeout_seconds,
                left_in=output,
                progress_bar=progress,
                request_save_on_cell_execute=False,
            )
        except PapermillExecutionError as error:
            if error.ename in REFUSALS:
                raise TableError(error.evalue) from None
            if _ran_out_of_memory(error, output):
                raise OutOfMemoryError(
                    f"{notebook.name}, cell {error.exec_count}: MemoryError: it needed more memory than it may hold."
                ) from error
            raise NotebookError(f"{notebook.name}, cell {error.exec_count}: {error.ename}: {error.evalue}") from error
        except CellTimeoutError as error:
            if not deadline.passed:
                raise NotebookError(
                    f"{notebook.name}: a cell took longer than {limits.cell_timeout_seconds:g} seconds and was ended."
                ) from error
        except DeadKernelError as error:
            if not deadline.passed:
                raise _death(notebook, kernel, limits) from error
        except Exception as error:
            if isinstance(error, OSError) and storage_words(error):
                raise
            # A kernel may also end before its first answer; one that was ended because of the error did not die.
            was_killed = getattr(kernel.provisioner, "was_killed", False)
            if not deadline.passed and not was_killed and not _answer(kernel.is_alive):
                raise _refusal(kernel, Path(place)) or _death(notebook, kernel, limits) from error
            if not deadline.passed:
                raise NotebookError(f"{notebook.name} did not run: {type(error).__name__}: {error}") from error
        if deadline.passed:
            raise NotebookError(f"{notebook.name} took longer than {limits.timeout_seconds:g} seconds and was ended.")


def _as_it_is(path: Path) -> str:
    """Return a path as papermill takes it, which would put a parameter in the place of its name in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _refusal(kernel: "AsyncKernelManager", place: Path) -> OSError | None:
    """Return what the system refused a kernel, in its folder, that could not start; None where nothing is known."""
    number = (_ended_with(kernel) or 0) - NOT_STARTED
    return OSError(number, "", str(place.parent)) if storage_words(OSError(number, "")) else None


def _ended_with(kernel: "AsyncKernelManager") -> int | None:
    process = getattr(kernel.provisioner, "process", None)
    return process.poll() if process else None


def _death(notebook: Path, kernel: "AsyncKernelManager", limits: Limits) -> NotebookError:
    """Return the error of a kernel that died: a library in C++ that gets no more memory may abort its process."""
    from resource import RUSAGE_CHILDREN, getrusage

    code = _ended_with(kernel)
    held_kb = getrusage(RUSAGE_CHILDREN).ru_maxrss
    if code == -signal.SIGABRT and limits.memory_mb and held_kb > limits.memory_mb << 9:  # half of what it may
        return OutOfMemoryError(f"{notebook.name}: its kernel needed more memory than it may hold, and was aborted.")
    if (number := (code or 0) - NOT_STARTED) in LACKING_NUMBERS:
        return KernelDiedError(f"{notebook.name} did not run: its kernel could not start ({os.strerror(number)}).")
    by = "" if code is None else f", ended by {ended_words(code)}"
    return KernelDiedError(f"{notebook.name} did not run to its end: its kernel died{by}.")


def _ran_out_of_memory(error: "PapermillExecutionError", executed: Path) -> bool:
    """Return whether a cell failed for want of memory, which may have failed the report of its error too.

    The kernel then writes a plain traceback, whose last line is the name of the last error.
    """
    if wants_memory(error.ename, error.evalue):
        return True
    if error.evalue or not executed.exists():
        return False
    outputs = [
        one for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"] for one in cell.get("outputs", ())
    ]
    last = "".join(outputs[-1].get("text", ())).rstrip().rpartition("\n")[2] if outputs else ""
    return last.partition(":")[0] == "MemoryError"


def short_base() -> str:
    """Return the folder for sockets, whose path may have some hundred characters: the usual one, or ``/tmp``."""
    usual = gettempdir()
    return usual if len(os.fsencode(usual)) <= MOST_BASE_BYTES else "/tmp"


@contextmanager
def _kernel(
    runtime: Path, *, forked: bool = False, memory_mb: int | None = None, published: bool = False, own: bool = True
) -> Iterator["AsyncKernelManager"]:
    """Start a kernel: forked, or a fresh one that imports what notebooks need while this process is still importing
    papermill."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    # Kernels that start together would race for TCP ports, or for sockets of the same names where none is given.
    # The path of a socket has at most some hundred characters.
    connection = str(runtime / f"{os.getpid():x}-{token_hex(3)}.json")
    client, provisioner = quick_classes(forked=forked)
    # A kernel is of this Python: another that the user calls python3 may lack this program, or have another version.
    # Nor are kernels looked for where IPython keeps its own, which makes a folder where HOME is none.
    kernel = AsyncKernelManager(
        kernel_name="python3", transport="ipc", connection_file=connection, client_factory=client,
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
    )  # fmt: skip
    # Of this Python's modules none may be another of its name where the command was given.
    words = kernel.kernel_spec.argv  # type: ignore[union-attr]
    words[words.index("-m") : words.index("-m") + 2] = ["-P", "-m", KERNEL_MODULE]
    kernel.provisioner = provisioner(kernel_id=token_hex(8), kernel_spec=kernel.kernel_spec, parent=kernel)
    # A kernel that is told to stop would say so on our error stream.
    arguments = ["--log-level=50", "--HistoryManager.enabled=False", f"--IPKernelApp.kernel_class={KERNEL}"]
    arguments += ["--IPKernelApp.ignore_cwd=True", f"--IPKernelApp.exec_lines={READY if forked else WARM_UP}"]
    if own:
        arguments.append(f"--IPKernelApp.exec_lines={FIND_OWN}")
    # Threads of a linear algebra library cost more than they bring here, and their number can change the last
    # digit of a result.
    environment = SINGLE_THREADED | without_settings(os.environ) | ({PUBLISHER: "1"} if published else {})
    # What a kernel that is ended leaves unfinished goes with its folder. What its user keeps for kernels of their own
    # (settings, code to start with, a way to draw) changes no report.
    environment |= {"TMPDIR": str(runtime), "IPYTHONDIR": str(runtime), "MPLBACKEND": SINGLE_THREADED["MPLBACKEND"]}
    # The last is for times in files; where it is no number, a kernel ends before it can say so.
    for name in ("PYTHONSTARTUP", "SOURCE_DATE_EPOCH"):
        environment.pop(name, None)
    environment[TERMS] = current_terms()
    try:
        with signals_held():
            _answer(kernel.start_kernel, extra_arguments=arguments, env=environment)
        if memory_mb:
            bound_memory(memory_mb, pid=kernel.provisioner.pid)  # type: ignore[union-attr]
        yield kernel
    finally:
        if kernel.has_kernel:
            _answer(kernel.shutdown_kernel, now=True)


def _answer(asked: Callable[..., Any], **words: object) -> Any:
    """Return what a kernel's manager answers: by the loop that executes the notebook too, as this thread's own may be
    running, in a cell of a notebook or of a program that is asynchronous."""
    from jupyter_core.utils import run_sync

    async def answered() -> Any:
        return await asked(**words)

    return run_sync(answered)()


def _register_engine() -> None:
    """Teach papermill to run in a kernel that is already started, and to close it with its channels."""
    import nbformat
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    class TakingClient(PapermillNotebookClient):
        """Passes drawings on as they arrive; the notebook need not hold what its charts are drawn from."""

        take = None

        def output(self, outs, msg, display_id, cell_index):
            block = msg["content"].get("data", {}).get(MIME) if msg["msg_type"] == "display_data" else None
            if self.take and isinstance(block, dict) and block.get("kind") == "drawing" and not problem_of(block):
                self.take(block)
                return None
            return super().output(outs, msg, display_id, cell_index)

    class StartedKernelEngine(Engine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man, kernel_name, *, started_kernel, whole_timeout, cell_timeout=None, left_in=None, take=None, **_
        ):
            # On a busy machine a kernel takes minutes to start, and seconds to send what a cell put out. The run has
            # its own limit.
            patience = max(1, ceil(whole_timeout))
            client = TakingClient(
                nb_man,
                km=started_kernel,
                kernel_name=kernel_name,
                timeout=cell_timeout,
                startup_timeout=patience,
                iopub_timeout=patience,
                shutdown_kernel="immediate",
            )
            client.take = take
            try:
                return client.execute(cleanup_kc=True)
            except BaseException as error:
                if not isinstance(error, Exception):  # told to stop: that the kernel then ends is no news
                    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
                with suppress(OSError):  # a disk that is full is told by what first found it so
                    nbformat.write(nb_man.nb, left_in)  # as far as it came
                raise

    papermill_engines.register(ENGINE, StartedKernelEngine)


class _Deadline:
    """Ends a kernel when time runs out: nbclient's own limit is per cell."""

    def __init__(self, seconds: float, kernel: "AsyncKernelManager") -> None:
        self.passed = False
        self._kernel = kernel
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.passed = True
        with suppress(RuntimeError):  # it has just been ended
            asyncio.run(self._kernel.signal_kernel(signal.SIGKILL))  # type: ignore[arg-type]
